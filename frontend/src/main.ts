import '@kern-ux/native/dist/fonts/fira-sans.css';
import './style/index.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { begin } from './state.svelte';

begin();
mount(App, { target: document.getElementById('app')! });
